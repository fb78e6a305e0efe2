/** The path below which the server put the page, with a slash at its end. */
export const basePath: string = new URL(document.baseURI).pathname.replace(/[^/]*$/, '')

/** The address of something below the base path, for fetch and EventSource. */
export function below(path: string): string {
  return basePath + path
}
