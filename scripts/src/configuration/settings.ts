import { settings as chainSync } from "@vigia/chain-sync/settings";
import { retentionSettings as cleanup } from "@vigia/cleanup/settings";
import { settings as consistency } from "@vigia/consistency/settings";
import { settings as notifications } from "@vigia/notifications/settings";
import { settings as reporting } from "@vigia/reporting/settings";
import { baseSettings, placeOf, SERVICE_NAMES } from "@vigia/runtime";
import { scheduleSettings as scheduler } from "@vigia/scheduler/settings";
import { z } from "zod";

/** By service; one that is not here has the settings of every service alone. */
export const SCHEMAS: Readonly<Record<string, z.ZodObject>> = {
  "chain-sync": chainSync,
  cleanup,
  consistency,
  notifications,
  reporting,
  scheduler,
};

/** One setting, as the documents show it. */
export interface DocumentedSetting {
  readonly variable: string;
  /** Its keys in the file, within its section. */
  readonly keys: readonly string[];
  readonly description: string;
  readonly schema: Record<string, unknown>;
  readonly required: boolean;
}

/** The settings of one section of the file. */
export interface Section {
  /** `undefined`: the top of the file. */
  readonly service: string | undefined;
  readonly settings: readonly DocumentedSetting[];
}

/** Every setting of every service. Throws where one has no place in the file or no description. */
export function sections(): Section[] {
  const own = SERVICE_NAMES.map((service) => ({ service, settings: settingsOf(SCHEMAS[service]) }));
  return [{ service: undefined, settings: settingsOf(baseSettings) }, ...own];
}

function settingsOf(schema: z.ZodObject | undefined): DocumentedSetting[] {
  return Object.entries<z.core.$ZodType>(schema?.shape ?? {}).map(([variable, setting]) => {
    const {
      $schema: _,
      yaml: __,
      default: ___,
      section: ____,
      description,
      ...json
    } = z.toJSONSchema(setting, { io: "input" });
    const place = placeOf(setting);
    if (place === undefined || !description) {
      throw new Error(`${variable} needs .meta({ yaml, description }): its place in the file and what it is for`);
    }
    const required = !setting._zod.optin;
    return { variable, keys: keysOf(place), description, schema: { ...defaultOf(setting), ...json }, required };
  });
}

/** What is read where nothing is set; `z.toJSONSchema` does not tell it of a schema that transforms. */
function defaultOf(setting: z.core.$ZodType): { default?: unknown } {
  const { data } = z.safeParse(setting, undefined);
  return ["string", "number", "boolean"].includes(typeof data) ? { default: data } : {};
}

function keysOf(place: string): string[] {
  return place.split(".");
}
