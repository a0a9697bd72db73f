import type { CodegenConfig } from '@graphql-codegen/cli';

export default {
  schema: '../../schema.graphql',
  documents: 'src/operations.ts',
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: {
          Date: 'string',
          DateTime: 'string',
          ID: 'string',
          Markdown: 'string',
          PartialDate: 'string',
          URL: 'string',
        },
      },
    },
  },
} satisfies CodegenConfig;
