import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { startRouter } from './lib/router.svelte';
import { apply } from './lib/theme.svelte';

apply();
startRouter();
mount(App, { target: document.getElementById('app') as HTMLElement });
