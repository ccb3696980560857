// `npm run dev`: the mock server (or the one that TIDEMARK_SERVER names) and Vite before it.
import { createServer } from 'vite';
import { ADMIN, mockServer } from './server.mjs';

if (!process.env.TIDEMARK_SERVER) {
  await new Promise((resolve) => mockServer({}).listen(4310, '127.0.0.1', resolve));
  console.log(`mock server: sign in as ${ADMIN.email} with ${ADMIN.password}`);
}
const vite = await createServer();
await vite.listen();
vite.printUrls();
