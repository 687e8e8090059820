export const schema = `
  create table public.users (
    id int primary key,
    name text not null,
    version int not null default 1
  )`

export type User = { id: number; name: string; version: number; from: string }
