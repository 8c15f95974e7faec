import { sql, textOf } from "./sql.ts";

it("numbers the values of all pieces in the order in which they stand", () => {
  const piece = sql`b = ${2} OR c = ${[3]}`;
  const whole = sql`SELECT ${sql`x`} WHERE a = ${1} AND (${piece}) AND d = ${null} AND ${piece}`;
  expect(textOf(whole)).toBe("SELECT x WHERE a = $1 AND (b = $2 OR c = $3) AND d = $4 AND b = $5 OR c = $6");
  expect(whole.values).toEqual([1, 2, [3], null, 2, [3]]);
});

it("leaves SQL without values as it is", () => {
  expect(textOf(sql`SELECT 1`)).toBe("SELECT 1");
});
