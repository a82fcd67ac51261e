// The examples of a text in Markdown.

/**
 * The fenced blocks of these languages; `printed` is the text that stands after one as what it
 * prints.
 */
export function blocks(markdown, ...languages) {
  const found = [...markdown.matchAll(/```(\w+)\n([^]*?)```/g)];
  return found.flatMap(([, language, program], i) => {
    if (!languages.includes(language)) return [];
    const [, next, text] = found[i + 1] ?? [];
    return [{ language, program, printed: next === "text" ? text : undefined }];
  });
}

/** The blocks in JavaScript and TypeScript, with the ending that a file of each needs. */
export function programs(markdown) {
  return blocks(markdown, "js", "ts").map((block) => {
    const script = block.program.includes("require(") ? "cjs" : "mjs";
    return { ...block, kind: block.language === "ts" ? "mts" : script };
  });
}
