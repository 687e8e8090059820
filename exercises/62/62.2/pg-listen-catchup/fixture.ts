export const schema = `
  create table public.events (id bigserial primary key, payload text not null);
  create function public.ring() returns trigger language plpgsql as $$
    begin
      perform pg_catalog.pg_notify('events', '');
      return null;
    end $$;
  create trigger ring after insert on public.events for each statement execute function public.ring();`

export type Event = { id: number; payload: string }
export type Consumer = { stop(): Promise<void> }
