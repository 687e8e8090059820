// Runs before the first paint, so that a chosen theme never flashes. A file of its own because inline script is forbidden.
try {
  const theme = localStorage.getItem('drillbase.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage can be switched off; the system's preference stays.
}
