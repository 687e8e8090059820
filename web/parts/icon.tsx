const paths = {
  mark: 'M4 6.2c0-1.8 3.6-3.2 8-3.2s8 1.4 8 3.2-3.6 3.2-8 3.2-8-1.4-8-3.2Zm0 0v6c0 1.7 3.3 3 7.4 3.2M20 6.2v4.3M4 12.2v6c0 1.7 3.3 3 7.4 3.2M14.5 18l2.6 2.7 4.9-5.7',
  today:
    'M5 5h14a1.5 1.5 0 0 1 1.5 1.5v12A1.5 1.5 0 0 1 19 20H5a1.5 1.5 0 0 1-1.5-1.5v-12A1.5 1.5 0 0 1 5 5Zm-1.5 5h17M8 3v4m8-4v4m-7.5 8 2.5 2.5 4.5-5',
  sections:
    'M4 5.5C6.5 4 9.5 4 12 5.5v14C9.5 18 6.5 18 4 19.500v-14Zm8 0C14.5 4 17.5 4 20 5.500v14c-2.5-1.5-5.5-1.5-8 0',
  progress: 'M4 20h16M6.5 16v-4m5.5 4V5m5.5 11V9',
  system: 'M4 5h16v11H4V5Zm5 15h6m-3-4v4',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8Zm0-5v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.400m0-12.800L17 7M7 17l-1.4 1.4',
  moon: 'M20 14.200A8 8 0 0 1 9.8 4 8 8 0 1 0 20 14.200Z',
  close: 'M6 6l12 12M18 6 6 18',
  undo: 'M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3',
  check: 'm5 12.5 4.5 4.500L19 7.5',
  cross: 'M7 7l10 10M17 7 7 17',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16Zm0 4v4.500l3 1.8',
  lock: 'M6 11h12v9H6v-9Zm2.5 0V8a3.5 3.5 0 0 1 7 0v3',
  code: 'm9 8-4.5 4L9 16m6-8 4.5 4L15 16',
  arrow: 'M5 12h14m-5.5-6 6 6-6 6',
  dash: 'M7 12h10',
  key: 'M8 11.5a3.500 3.500 0 1 1 0 5 3.500 3.500 0 0 1 0-5Zm5 0L20 5m-3.500 3.500 2.500 2.500',
  keyboard: 'M3.5 7h17v10h-17V7Zm3.5 3.500h.01m3.3 0h.01m3.3 0h.01m3.3 0h.01M8 14h8',
} as const
export type IconName = keyof typeof paths

/** Decoration only: what it says is always written beside it or on its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
