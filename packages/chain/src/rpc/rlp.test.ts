import { encodeRlp } from "ethers";
import { encodeBytes, encodeList } from "./rlp.ts";

type Value = string | readonly Value[];

const encode = (value: Value): string =>
  typeof value === "string" ? encodeBytes(value) : encodeList(value.map(encode));
const withPrefix = (value: Value): unknown => (typeof value === "string" ? `0x${value}` : value.map(withPrefix));

/** Around the lengths at which a prefix takes another form. */
const texts = [0, 1, 2, 31, 32, 54, 55, 56, 57, 255, 256, 257, 65_535, 65_536].map((length) => "a7".repeat(length));
const bytes = ["00", "01", "7f", "80", "ff"];
const lists: Value[] = [[], [[]], [["00"], [[], "80"]], ...texts.map((text) => [text]), texts, [texts, bytes, [texts]]];

test.each(
  [...bytes, ...texts, ...lists].map((value) => [JSON.stringify(value).slice(0, 40), value] as const),
)("%s… is encoded as ethers encodes it", (_, value) => {
  expect(`0x${encode(value)}`).toBe(encodeRlp(withPrefix(value) as never));
});
