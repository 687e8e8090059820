import { useEffect, useRef, useState } from 'preact/hooks'
import type { Submission } from '../../server/api/contract.ts'
import type { CodeView } from './codemirror.ts'

export type EditorProps = {
  code: string
  language: Submission['language']
  label: string
  readOnly?: boolean
  onInput?: (code: string) => void
}

/**
 * A text area that works at once; CodeMirror takes its place when it has arrived. `code` is what it starts with: another
 * document needs another `key`. Code is never pushed in from outside, because a redraw that comes late would then undo a
 * keystroke.
 */
export function Editor({ code, language, label, readOnly = false, onInput = () => {} }: EditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const view = useRef<CodeView | null>(null)
  const [rich, setRich] = useState(false)
  const latest = useRef(onInput)
  latest.current = onInput

  useEffect(() => {
    let gone = false
    // Without the file (offline after an update, say) the text area stays.
    const arriving = import('./codemirror.ts').catch(() => null)
    void arriving.then((editor) => {
      if (gone || !editor || !host.current) return
      const focused = document.activeElement === field.current
      const options = { code: field.current?.value ?? code, language, label, readOnly }
      view.current = editor.openCodeMirror(host.current, { ...options, onInput: (text) => latest.current(text) })
      setRich(true)
      if (focused) view.current.focus()
    })
    return () => {
      gone = true
      view.current?.destroy()
      view.current = null
    }
  }, [])

  return (
    <div class={readOnly ? 'editor editor-read' : 'editor'}>
      <textarea
        ref={field}
        hidden={rich}
        aria-label={label}
        defaultValue={code}
        readOnly={readOnly}
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        rows={Math.max(12, code.split('\n').length + 1)}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <div ref={host} class="editor-host" hidden={!rich} />
    </div>
  )
}
