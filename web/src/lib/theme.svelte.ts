import { read, write } from './store';

export type Theme = 'system' | 'light' | 'dark';
const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

let chosen = $state<Theme>(read<Theme>('theme', 'system'));
const dark = matchMedia('(prefers-color-scheme: dark)');
let systemDark = $state(dark.matches);
dark.addEventListener('change', (event) => {
  systemDark = event.matches;
  apply();
});

export const theme = {
  get chosen() {
    return chosen;
  },
  get isDark() {
    return chosen === 'dark' || (chosen === 'system' && systemDark);
  },
  cycle() {
    chosen = NEXT[chosen];
    write('theme', chosen);
    apply();
  },
};

export function apply(): void {
  document.documentElement.dataset['theme'] = theme.isDark ? 'dark' : 'light';
}
