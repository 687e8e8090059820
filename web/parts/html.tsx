/** HTML from the server, sanitised there; the content security policy forbids script in it a second time. */
export function Html({ html, class: name = '' }: { html: string; class?: string }) {
  return <div class={`prose ${name}`} dangerouslySetInnerHTML={{ __html: html }} />
}
