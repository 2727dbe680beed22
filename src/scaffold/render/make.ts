import { wrapperPath } from "./wrapper.ts";

/**
 * The make targets, as lines of a makefile.
 * @param validations arguments of `waybill validate`, one image each; `SHA` stands for the commit
 */
export function makeLines(validations: readonly string[]): readonly string[] {
  return [
    "#   VERSION=SHA   the commit, by its full name; HEAD unless given",
    "#   DRY_RUN=1     show what would happen, write nothing",
    ".PHONY: push-ci docker-validate",
    "push-ci: ## publish the commit's image",
    `\t@sh ${wrapperPath} publish $(if $(filter 1,$(DRY_RUN)),--dry-run)`,
    "docker-validate: ## check the published image where it is",
    ...validations.map(
      (one) =>
        `\t$(if $(filter 1,$(DRY_RUN)),@echo,@sh ${wrapperPath}) validate ${one.replace("SHA", "$(or $(VERSION),$(shell git rev-parse HEAD))")}`,
    ),
  ];
}
