/** Compared without regard to case and runs of blanks, as the contract says of typed answers. */
const plain = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase()

export function isAnswer(given: string, answers: readonly string[]): boolean {
  return answers.some((answer) => plain(answer) === plain(given))
}
