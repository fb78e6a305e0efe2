// docs: modules.md
module shop {
  requires dev.cairn;

  opens shop.jobs to tools.jackson.databind;
}
// end docs
