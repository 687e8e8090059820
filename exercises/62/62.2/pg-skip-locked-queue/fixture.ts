export const schema = `
  create table public.jobs (
    id bigserial primary key,
    payload jsonb not null,
    priority int not null default 0,
    state text not null default 'ready' check (state in ('ready', 'running', 'done', 'dead')),
    run_at timestamptz not null default now(),
    lease_until timestamptz,
    worker text,
    token uuid,
    attempts int not null default 0,
    max_attempts int not null default 3
  );
  create index on public.jobs (priority desc, id) where state in ('ready', 'running');`
