import type { DefaultTheme } from 'vitepress'
import { apiFolder, doors, pageOf } from './api.ts'
import { readChapters } from './pages.ts'

/** The chapters, and the reference of the API with a group for each package. */
export function sidebar(): DefaultTheme.SidebarItem[] {
  const chapters = readChapters().map(({ title, pages }) => ({
    text: title,
    collapsed: false,
    items: pages.map((page) => ({ text: page.title, link: `/${page.path.replace(/(index)?\.md$/, '')}` })),
  }))
  return [...chapters, { text: 'API', collapsed: true, items: Object.keys(doors).map(apiItem) }]
}

function apiItem(door: string): DefaultTheme.SidebarItem {
  return { text: door, link: `/${apiFolder}/${pageOf(door)}` }
}
