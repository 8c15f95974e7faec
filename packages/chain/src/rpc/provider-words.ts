import type { AnsweredError, RpcProblem } from "./error.ts";

const LIMIT_EXCEEDED_CODE = -32_005;

/**
 * Providers agree on neither codes nor words. The first line that fits decides: the head comes before the range, as a
 * node that is behind needs time and not a smaller range; the rate before the range, as one that is busy would be asked
 * for ever less; and a timeout that asks for fewer blocks is a range.
 */
const WORDS: readonly (readonly [RpcProblem, RegExp])[] = [
  ["behind", /(beyond|after|greater than|past|exceeds)( the)?( current)? (head|(latest|current) block)/i],
  ["behind", /header not found|unknown block|block not found|cannot find (block|header)|resource not found/i],
  ["behind", /not synced|still syncing|receipts? (are|is) not (yet )?(available|synced)/i],
  ["busy", /\brate\b|rate.?limit|too many (requests|connections)|request count exceeded/i],
  ["busy", /capacity|throughput|compute units|credits limited|request limit reached|RPS limit/i],
  ["range", /(block|blocks|logs) range|range (is |of |limit )?(too|exceed)|ranges over|requested range/i],
  ["range", /too (large|wide|big|many (blocks|logs|results))|more than [\d,]+ (results|logs)|max results/i],
  ["range", /response (size|is too)|result (set|size)|entity too large|reduc\w+ your block/i],
  ["range", /(limited to|max(imum)?).{0,20}(blocks|range|results|logs)|exceeds (the )?limit of [\d,]+/i],
  ["busy", /try again|timed? ?out|time-?out|deadline exceeded|overload|temporar|unavailable/i],
];

/** What an error that a node answered asks of us. `refused` where its words are not known. */
export function problemOf({ code, message }: AnsweredError): RpcProblem {
  const known = WORDS.find(([, words]) => words.test(message));
  if (known) return known[0];
  return code === LIMIT_EXCEEDED_CODE ? "range" : "refused";
}

/** Where a message names the most blocks of one range: a number, which may have commas or a K for thousands. */
const BLOCK_LIMITS: readonly RegExp[] = [
  /up to an? ([\d,]+)(k?) block range/i,
  /limited to (?:an? |0 - )?([\d,]+)(k?)(?: blocks?)? range/i,
  /max(?:imum)?(?: allowed)?(?: block)? range(?: is)?:? (?:of )?\(?([\d,]+)(k?)\b/i,
  /ranges over ([\d,]+)(k?) blocks/i,
  /maximum (?:allowed )?(?:is )?(?:of |set to )?([\d,]+)(k?) blocks/i,
  /range [\d,]+ exceeds (?:the )?limit of ([\d,]+)(k?)/i,
];

/** A limit that holds for every range of this endpoint, in blocks; `undefined` where the message names none. */
export function blockLimitOf(message: string): number | undefined {
  for (const words of BLOCK_LIMITS) {
    const [, digits, thousands] = words.exec(message) ?? [];
    if (!digits) continue;
    const blocks = Number(digits.replaceAll(",", "")) * (thousands ? 1_000 : 1);
    if (blocks > 0) return blocks;
  }
  return undefined;
}
