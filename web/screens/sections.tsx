import type { SectionSummary } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { Icon } from '../parts/icon.tsx'
import { useResource } from '../parts/resource.ts'
import { Mastery, SectionCounts } from '../parts/section-bits.tsx'
import { useTitle } from '../parts/title.ts'
import { Waiting } from '../parts/waiting.tsx'

/** All sections by chapter, with what is known and what is due. */
export function SectionsScreen() {
  useTitle('Sections')
  const sections = useResource('sections', api.sections)
  if (!sections.data) return <Waiting of={sections} />
  return (
    <div class="page">
      <h1>Sections</h1>
      {byChapter(sections.data.sections).map(([chapter, list]) => (
        <section key={chapter} aria-labelledby={`chapter-${chapter}`}>
          <h2 class="chapter" id={`chapter-${chapter}`}>
            Chapter {chapter}
          </h2>
          <ul class="rows">
            {list.map((section) => (
              <li key={section.id}>
                <SectionRow section={section} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

function SectionRow({ section }: { section: SectionSummary }) {
  return (
    <a class={section.unlocked ? 'row' : 'row row-locked'} href={`/sections/${section.id}`}>
      <span class="row-id">{section.id}</span>
      <span class="row-main">
        <span class="row-title">{section.title}</span>
        <SectionCounts section={section} />
        {!section.unlocked && (
          <span class="locked">
            <Icon name="lock" /> Opens after {section.prerequisites.join(' and ')}
          </span>
        )}
      </span>
      <Mastery value={section.mastery} />
    </a>
  )
}

/** Chapters in the course's own order, which is the order of the list. */
function byChapter(sections: SectionSummary[]): [chapter: string, sections: SectionSummary[]][] {
  return [...Map.groupBy(sections, ({ id }) => id.split('.')[0] ?? id)]
}
