import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'src/**/*.tsx',
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: {
        fragmentMasking: { unmaskFunctionName: 'readFragment' },
        persistedDocuments: { hashAlgorithm: 'sha256' },
      },
      // Graphcache needs the names of types. Written here, they are part of what is hashed.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        enumsAsTypes: true,
        nonOptionalTypename: true,
        useTypeImports: true,
        strictScalars: true,
        defaultScalarType: 'string',
        scalars: {
          BigInt: 'number',
          Date: 'string',
          DateTime: 'string',
          Duration: 'string',
          Markdown: 'string',
          PartialDate: 'string',
          URL: 'string',
        },
      },
    },
  },
};

export default config;
