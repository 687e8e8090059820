/** The bank's tables and the one function, for the hidden suite and the sample. */
export const schema = `
  create table public.accounts (id text primary key, balance bigint not null);
  create table public.transfers (
    id bigserial primary key,
    idem_key text not null unique,
    from_id text not null,
    to_id text not null,
    amount bigint not null,
    memo text
  )`

export type Request = { from: string; to: string; amount: bigint; key: string; memo?: string }
export type Receipt = { id: bigint; replayed: boolean }
