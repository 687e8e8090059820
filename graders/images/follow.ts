export type EngineEvent = { stream?: string; status?: string; progress?: string }

/** Reads the engine's answer to a pull, a build or an import to its end: one JSON object a line, the failure among them. */
export async function follow(stream: NodeJS.ReadableStream, onEvent: (event: EngineEvent) => void): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.trim() === '') continue
      const event: EngineEvent & { error?: string } = JSON.parse(line)
      if (event.error) throw new Error(event.error)
      onEvent(event)
    }
  }
}
