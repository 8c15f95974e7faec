import { issueFragment, issueOfFragment } from "./fragment.ts";
import { shortId } from "./identifier.ts";

describe("the link to an issue", () => {
  it("comes back as it went, whatever the fingerprint holds", () => {
    const fingerprint = "AMOUNT_MISMATCH:31337:order/1#2 %";
    expect(issueOfFragment(issueFragment(fingerprint))).toBe(fingerprint);
  });

  it.each(["", "#main", "#issue/", "#issue/%E0%A4%A"])("%j points at none", (fragment) => {
    expect(issueOfFragment(fragment)).toBeUndefined();
  });
});

describe("shortId", () => {
  it.each([
    ["0x01", "0x01"],
    [`0x${"8f".repeat(32)}`, "0x8f8f…8f8f"],
    ["0b5f8a5e-9a3e-4c06-8f43-3b8f6f2d1a10", "0b5f…1a10"],
  ])("%s: %s", (id, short) => {
    expect(shortId(id)).toBe(short);
  });
});
