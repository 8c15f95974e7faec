import { z } from "zod";

const DAY_SECONDS = 86_400;

export const settings = z.object({
  CONSISTENCY_GRACE_SECONDS: z.coerce.number().int().min(0).max(DAY_SECONDS).default(120).meta({
    yaml: "graceSeconds",
    description:
      "The age at which a difference between the marketplace and the chain counts, where one may still be following",
  }),
});
