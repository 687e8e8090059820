import type { Section } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { fromNow } from '../parts/dates.ts'
import { ExerciseRow } from '../parts/exercise-row.tsx'
import { Html } from '../parts/html.tsx'
import { useResource } from '../parts/resource.ts'
import { Mastery, SectionCounts } from '../parts/section-bits.tsx'
import { useTitle } from '../parts/title.ts'
import { Waiting } from '../parts/waiting.tsx'

/** One section: the lesson, its exercises, its cards. */
export function SectionScreen({ id }: { id: string }) {
  const section = useResource(`section ${id}`, () => api.section(id))
  useTitle(section.data ? `${id} ${section.data.title}` : `Section ${id}`)
  if (!section.data) return <Waiting of={section} />
  const { title, lessonHtml, cardList, exerciseList } = section.data
  return (
    <div class="page section-page">
      <header class="page-head">
        <p class="kicker">
          <a href="/sections">Sections</a>
          <span>{id}</span>
        </p>
        <h1>{title}</h1>
        <p class="section-facts">
          <Mastery value={section.data.mastery} />
          <SectionCounts section={section.data} />
        </p>
        <nav class="jump" aria-label="On this page">
          <a href="#lesson">Lesson</a>
          {exerciseList.length > 0 && <a href="#exercises">Exercises</a>}
          <a href="#cards">Cards</a>
        </nav>
      </header>
      <section id="lesson" aria-label="Lesson">
        <Html class="lesson" html={lessonHtml} />
      </section>
      {exerciseList.length > 0 && (
        <section id="exercises" aria-labelledby="exercises-title">
          <h2 id="exercises-title">Exercises</h2>
          <ul class="rows">
            {exerciseList.map((exercise) => (
              <li key={exercise.id}>
                <ExerciseRow exercise={exercise} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section id="cards" aria-labelledby="cards-title">
        <h2 id="cards-title">Cards</h2>
        <p class="muted">Opened here, a card is only read: its schedule stays as it is.</p>
        <ul class="rows card-rows">
          {cardList.map((card) => (
            <li key={card.id}>
              <CardRow card={card} />
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

const stateWords = { new: 'New', learning: 'Learning', review: 'Known', relearning: 'Relearning' }

function CardRow({ card }: { card: Section['cardList'][number] }) {
  const { frontHtml, answerHtml, explanationHtml, choices, kind, source } = card
  return (
    <details class="card-row">
      <summary>
        <Html class="card-row-front" html={frontHtml} />
        <span class={`tag state-${card.state}`}>
          {stateWords[card.state]}
          {card.dueAt && card.state !== 'new' && ` · ${fromNow(card.dueAt)}`}
        </span>
      </summary>
      <div class="card-row-body">
        {kind === 'choice' ? (
          <ul>
            {choices?.map((choice) => (
              <li key={choice.html} class={choice.correct ? 'right' : undefined}>
                {choice.correct && <span class="sr-only">Right: </span>}
                <Html html={choice.html} />
              </li>
            ))}
          </ul>
        ) : (
          <Html html={answerHtml} />
        )}
        {explanationHtml && <Html class="explanation" html={explanationHtml} />}
        <p class="source">
          <a href={source.url} target="_blank" rel="noreferrer">
            {source.title}
          </a>
          {card.version && <span class="tag">{card.version}</span>}
        </p>
      </div>
    </details>
  )
}
