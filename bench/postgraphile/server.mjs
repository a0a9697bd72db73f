// PostGraphile over the tables that its role may read: node server.mjs DATABASE_URL PORT

import { createServer } from 'node:http';
import { PgManyToManyPreset } from '@graphile-contrib/pg-many-to-many';
import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

const [connectionString, port] = process.argv.slice(2);
const server = createServer();
const api = postgraphile({
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset, PgManyToManyPreset],
  pgServices: [makePgService({ connectionString, schemas: ['public'], poolConfig: { max: 16 } })],
  // Every column may be ordered by: hosts and speakers have a position.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  schema: { orderByNullsLast: true },
  grafserv: { watch: false, graphiql: false },
  grafast: { explain: false },
});
await api.createServ(grafserv).addTo(server);
server.listen(port, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${port}`));
