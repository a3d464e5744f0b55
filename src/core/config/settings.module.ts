import { type DynamicModule, Module } from '@nestjs/common';
import type { Environment } from './environment.js';
import { InvalidConfiguration } from './invalid-configuration.js';
import { Configuration, type SettingsClass } from './settings.js';

/** Filled while the modules are imported. */
const known = new Set<SettingsClass>();

/** Reads the settings of all modules from one environment, together. */
@Module({})
export class SettingsModule {
  /** Adds a module's settings: they are read with all others, and can be injected anywhere. */
  static forFeature(...classes: SettingsClass[]): DynamicModule {
    for (const kind of classes) known.add(kind);
    const providers = classes.map((kind) => ({
      provide: kind,
      inject: [Configuration],
      useFactory: (configuration: Configuration) => configuration.get(kind),
    }));
    return { module: SettingsModule, global: true, providers, exports: classes };
  }

  /** @throws InvalidConfiguration with every mistake of every module */
  static forRoot(environment: Environment): DynamicModule {
    const configuration = SettingsModule.read(environment);
    const { sentences, reader } = configuration;
    if (sentences.length > 0) throw new InvalidConfiguration(sentences);
    // Of two first starts at once, one keeps the secrets that it made, and both read those.
    if (reader.made.save()) return SettingsModule.forRoot(environment);
    return {
      module: SettingsModule,
      global: true,
      providers: [{ provide: Configuration, useValue: configuration }],
      exports: [Configuration],
    };
  }

  /** @returns the settings of all modules that were imported, right or wrong; writes nothing */
  static read(environment: Environment): Configuration {
    return new Configuration(environment, [...known]);
  }
}
