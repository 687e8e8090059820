export async function save(_cfg: object, _key: string, _text: string): Promise<void> {}
