// The usual look of VitePress, without its font: a page asks no other server for anything, and loads at once.

import theme from 'vitepress/theme-without-fonts'
import './style.css'

export default theme
