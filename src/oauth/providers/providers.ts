import type { OAuthProvider } from './oauth-provider.js';
import { facebook } from './facebook.js';
import { github } from './github.js';
import { gitlab } from './gitlab.js';
import { google } from './google.js';

/** Every provider that can be configured, in the order of the buttons. */
export const providers: readonly OAuthProvider[] = [google, github, facebook, gitlab];
