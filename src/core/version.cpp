#include "berth/version.hpp"

namespace berth {

const char* version() {
  return BERTH_VERSION;
}

}  // namespace berth
