throw new Error('this module can not be loaded')
