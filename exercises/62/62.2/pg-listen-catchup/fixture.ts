export const schema = `
  create table public.events (id bigserial primary key, payload text not null);
  create function public.ring() returns trigger language plpgsql as $$
    begin
      perform pg_notify('events', json_build_object('id', id, 'payload', left(payload, 100))::text)
      from added order by id desc limit 1;
      return null;
    end $$;
  create trigger ring after insert on public.events
    referencing new table as added for each statement execute function public.ring();`

export type Event = { id: number; payload: string }
export type Consumer = { stop(): Promise<void> }
