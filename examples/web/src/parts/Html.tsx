/** A text of the API in `format: HTML`, which the server promises to be safe to insert into a page. */
export function Html({ text }: { text: string | null | undefined }) {
  return text ? <div className="text" dangerouslySetInnerHTML={{ __html: text }} /> : null;
}
