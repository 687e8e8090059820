import type { Submission } from '../../server/api/contract.ts'
import { languageWords } from './words.ts'

type Language = Submission['language']

/** One tab a language; arrow keys move between them, as screen readers expect of tabs. */
export function LanguageTabs(props: { offered: Language[]; chosen: Language; onChoose: (language: Language) => void }) {
  const { offered, chosen, onChoose } = props
  const move = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    const next = offered.at((offered.indexOf(chosen) + step) % offered.length)
    if (step === 0 || !next) return
    event.preventDefault()
    onChoose(next)
    document.getElementById(`tab-${next}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label="Language" onKeyDown={move}>
      {offered.map((language) => (
        <button
          key={language}
          id={`tab-${language}`}
          type="button"
          role="tab"
          aria-selected={language === chosen}
          aria-controls="editor-panel"
          tabIndex={language === chosen ? 0 : -1}
          onClick={() => onChoose(language)}
        >
          {languageWords[language]}
        </button>
      ))}
    </div>
  )
}
