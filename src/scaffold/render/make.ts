import { wrapperPath } from "./wrapper.ts";

/**
 * The make targets, as lines of a makefile.
 * @param validations arguments of `waybill validate`, one image each; `SHA` stands for the commit
 */
export function makeLines(validations: readonly string[]): readonly string[] {
  const dry = "$(filter-out 0 no false,$(DRY_RUN))";
  const commit = "$(or $(VERSION),$(shell git rev-parse HEAD))";
  return [
    "#   VERSION=SHA   the commit, by its full name; HEAD unless given",
    "#   DRY_RUN=1     show what would happen, write nothing",
    ".PHONY: push-ci docker-validate",
    "push-ci: ## publish the commit's image",
    `\t@sh ${wrapperPath} publish $(if ${dry},--dry-run)`,
    "docker-validate: ## check the published image where it is",
    ...validations.map((one) => `\t@$(if ${dry},echo )sh ${wrapperPath} validate ${one.replace("SHA", commit)}`),
  ];
}
