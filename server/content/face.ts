import type { CardFace } from '../api/contract.ts'
import { renderCloze, renderCode, renderMarkdown } from './markdown.ts'
import type { Card } from './schema.ts'

/** A card as the page shows it: both sides as sanitised HTML. */
export function faceOf(card: Card, section: string): CardFace {
  return {
    id: card.id,
    kind: card.kind,
    section,
    explanationHtml: card.explanation === undefined ? null : renderMarkdown(card.explanation),
    choices: null,
    answers: null,
    source: card.source,
    version: card.version ?? null,
    ...sidesOf(card),
  }
}

type Sides = Pick<CardFace, 'frontHtml' | 'answerHtml'> & Partial<Pick<CardFace, 'choices' | 'answers'>>

function sidesOf(card: Card): Sides {
  switch (card.kind) {
    case 'basic':
      return { frontHtml: renderMarkdown(card.front), answerHtml: renderMarkdown(card.back) }
    case 'cloze':
      return renderCloze(card.text)
    case 'choice': {
      const choices = card.choices.map(({ text, correct, why }) => ({
        html: renderMarkdown(text),
        correct,
        whyHtml: why === undefined ? null : renderMarkdown(why),
      }))
      const answerHtml = choices.find((choice) => choice.correct)?.html ?? ''
      return { frontHtml: renderMarkdown(card.front), answerHtml, choices }
    }
    case 'typed':
      return {
        frontHtml: renderMarkdown(card.front),
        answerHtml: renderCode(card.answers[0] ?? '', 'text'),
        answers: card.answers,
      }
    case 'predict': {
      const question = card.front === undefined ? '' : renderMarkdown(card.front)
      return {
        frontHtml: question + renderCode(card.code, card.language),
        answerHtml: renderCode(card.output, 'text'),
      }
    }
  }
}
