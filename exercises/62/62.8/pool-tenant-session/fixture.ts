export const schema = `
  create table public.docs (id serial primary key, tenant text not null, body text not null);
  alter table public.docs enable row level security;
  create policy own_rows on public.docs
    using (tenant = nullif(current_setting('app.tenant', true), ''))
    with check (tenant = nullif(current_setting('app.tenant', true), ''));`

/** What the work of a tenant is given. */
export type Db = { query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]> }
