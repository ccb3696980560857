// Routes are paths; the server answers each of them with the same page.

type Route = { path: string; search: URLSearchParams; hash: string };

function here(): Route {
  return { path: location.pathname, search: new URLSearchParams(location.search), hash: location.hash.slice(1) };
}

let current = $state.raw<Route>(here());

export const route = {
  get path() {
    return current.path;
  },
  get search() {
    return current.search;
  },
  get hash() {
    return current.hash;
  },
  /** The decoded parts of the path: /models/model.a.b → ['models', 'model.a.b']. */
  get parts(): string[] {
    return current.path.split('/').filter(Boolean).map(decoded);
  },
};

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  current = here();
}

/** Takes over clicks on links of our own, back and forward. */
export function startRouter(): void {
  addEventListener('popstate', () => (current = here()));
  addEventListener('hashchange', () => (current = here()));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin || link.pathname.startsWith('/api/')) return;
    if (link.getAttribute('href')?.startsWith('#')) return;
    event.preventDefault();
    navigate(link.pathname + link.search + link.hash);
  });
}
