export const schema = `
  create table public.bookings (
    id bigserial primary key,
    room text not null,
    starts timestamptz not null,
    ends timestamptz not null,
    who text not null,
    check (ends > starts)
  );
  create index on public.bookings (room, starts);`
