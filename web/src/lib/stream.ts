/** Follows a run's events until it is done; the browser connects again by itself where the connection breaks. Returns what ends it. */
export function follow(url: string, listeners: Record<string, (data: unknown) => void>, broken: (is: boolean) => void): () => void {
  const source = new EventSource(url);
  source.onopen = () => broken(false);
  source.onerror = () => broken(true);
  for (const [event, listener] of Object.entries(listeners)) {
    source.addEventListener(event, (message) => {
      listener(JSON.parse((message as MessageEvent<string>).data));
      if (event === 'done') {
        source.onerror = null;
        source.close();
      }
    });
  }
  return () => source.close();
}
