#include "workload/words.hpp"

namespace berth {
namespace {

template <class E, std::size_t N>
const char* word_of(const std::array<Word<E>, N>& words, E value) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return word.data();
  }
  return "";
}

}  // namespace

const char* to_string(Task task) {
  return word_of(kTasks, task);
}
const char* to_string(Checkpointing checkpointing) {
  return word_of(kCheckpointings, checkpointing);
}
const char* to_string(Objective objective) {
  return word_of(kObjectives, objective);
}

}  // namespace berth
