export type Columns = { name: string; discount: string; qty: string }

export const quoted = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`

/** Column names as imports from spreadsheets leave them: quotes, percent signs, blanks, capitals. */
export const columnsFor = (suffix: string): Columns => ({
  name: `na"me ${suffix}`,
  discount: `disc % ${suffix}`,
  qty: `Qty-${suffix}`,
})

export const schemaFor = ({ name, discount, qty }: Columns) => `
  create table public.items (
    id serial primary key,
    ${quoted(name)} text,
    ${quoted(discount)} int,
    ${quoted(qty)} int
  );`
