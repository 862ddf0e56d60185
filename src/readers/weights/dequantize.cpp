#include "readers/weights/dequantize.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "berth/weights.hpp"

namespace berth {
namespace {

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

// Sign, exponent and mantissa of a small float; exponent bias 2^(E-1)-1.
float small_float(unsigned bits, int exponent_bits, int mantissa_bits) {
  const unsigned sign = bits >> (exponent_bits + mantissa_bits) & 1U;
  const int exponent = static_cast<int>(bits >> mantissa_bits & ((1U << exponent_bits) - 1));
  const unsigned mantissa = bits & ((1U << mantissa_bits) - 1);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double fraction = std::ldexp(static_cast<double>(mantissa), -mantissa_bits);
  const double size = exponent == 0 ? std::ldexp(fraction, 1 - bias) : std::ldexp(1 + fraction, exponent - bias);
  return static_cast<float>(sign != 0 ? -size : size);
}

float half(const char* at) {
  const auto bits = load<std::uint16_t>(at);
  if ((bits & 0x7C00U) == 0x7C00U) {  // infinite or no number
    return (bits & 0x3FFU) != 0 ? std::nanf("") : (bits & 0x8000U) != 0 ? -INFINITY : INFINITY;
  }
  return small_float(bits, 5, 10);
}

float bfloat(const char* at) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(load<std::uint16_t>(at)) << 16);
}

// One block of each type: `block` has StorageType::block_bytes, `out` takes block_elements.
using Decoder = void (*)(const char* block, float* out);

template <class T>
void plain(const char* block, float* out) {
  *out = static_cast<float>(load<T>(block));
}
void decode_f16(const char* block, float* out) {
  *out = half(block);
}
void decode_bf16(const char* block, float* out) {
  *out = bfloat(block);
}
// E4M3 has no infinities; its all-ones pattern is no number.
void decode_e4m3(const char* block, float* out) {
  const auto bits = static_cast<unsigned char>(*block);
  *out = (bits & 0x7FU) == 0x7FU ? std::nanf("") : small_float(bits, 4, 3);
}
void decode_e5m2(const char* block, float* out) {
  const char wide[2] = {0, *block};  // the upper half of an fp16
  *out = half(wide);
}
void decode_i4(const char* block, float* out) {
  const auto bits = static_cast<unsigned char>(*block);
  const auto sign = [](unsigned v) { return static_cast<float>(static_cast<int>(v) - (v > 7 ? 16 : 0)); };
  out[0] = sign(bits & 15U);
  out[1] = sign(bits >> 4U);
}

void decode_u4(const char* block, float* out) {
  const auto bits = static_cast<unsigned char>(*block);
  out[0] = static_cast<float>(bits & 15U);
  out[1] = static_cast<float>(bits >> 4U);
}

unsigned nibble(const char* block, int at, int half_size) {
  const auto byte = static_cast<unsigned char>(block[at % half_size]);
  return at < half_size ? byte & 15U : byte >> 4U;
}

void decode_q4_0(const char* block, float* out) {
  const float d = half(block);
  for (int i = 0; i < 32; ++i) out[i] = d * (static_cast<float>(nibble(block + 2, i, 16)) - 8);
}
void decode_q4_1(const char* block, float* out) {
  const float d = half(block);
  const float m = half(block + 2);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(nibble(block + 4, i, 16)) + m;
}
void decode_q5_0(const char* block, float* out) {
  const float d = half(block);
  const auto high = load<std::uint32_t>(block + 2);
  for (int i = 0; i < 32; ++i) {
    const unsigned q = nibble(block + 6, i, 16) | (high >> i & 1U) << 4;
    out[i] = d * (static_cast<float>(q) - 16);
  }
}
void decode_q5_1(const char* block, float* out) {
  const float d = half(block);
  const float m = half(block + 2);
  const auto high = load<std::uint32_t>(block + 4);
  for (int i = 0; i < 32; ++i) {
    const unsigned q = nibble(block + 8, i, 16) | (high >> i & 1U) << 4;
    out[i] = d * static_cast<float>(q) + m;
  }
}
void decode_q8_0(const char* block, float* out) {
  const float d = half(block);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<signed char>(block[2 + i]));
}

// Scales and minima of Q4_K and Q5_K: eight of six bits each in twelve bytes.
void scale_and_min(const char* packed, int j, unsigned& scale, unsigned& least) {
  const auto at = [&](int i) { return static_cast<unsigned>(static_cast<unsigned char>(packed[i])); };
  if (j < 4) {
    scale = at(j) & 63U;
    least = at(j + 4) & 63U;
  } else {
    scale = (at(j + 4) & 15U) | (at(j - 4) >> 6U) << 4U;
    least = at(j + 4) >> 4U | (at(j) >> 6U) << 4U;
  }
}
// Eight groups of 32 low nibbles at `quants`; a fifth bit of each is taken from `high` where there is one.
void decode_k_groups(const char* block, const char* quants, const char* high, float* out) {
  const float d = half(block);
  const float m = half(block + 2);
  for (int j = 0; j < 8; ++j) {
    unsigned scale = 0;
    unsigned least = 0;
    scale_and_min(block + 4, j, scale, least);
    for (int i = 0; i < 32; ++i) {
      const auto byte = static_cast<unsigned char>(quants[32 * (j / 2) + i]);
      const unsigned top = high == nullptr ? 0U : static_cast<unsigned char>(high[i]) >> static_cast<unsigned>(j) & 1U;
      const unsigned q = (j % 2 == 0 ? byte & 15U : byte >> 4U) | top << 4U;
      out[32 * j + i] = d * static_cast<float>(scale) * static_cast<float>(q) - m * static_cast<float>(least);
    }
  }
}
void decode_q4_k(const char* block, float* out) {
  decode_k_groups(block, block + 16, nullptr, out);
}
void decode_q5_k(const char* block, float* out) {
  decode_k_groups(block, block + 48, block + 16, out);
}
void decode_q6_k(const char* block, float* out) {
  const float d = half(block + 208);
  for (int i = 0; i < 256; ++i) {
    const int group = i / 128;
    const int row = i % 128 / 32;
    const int column = i % 32;
    const auto low = static_cast<unsigned char>(block[64 * group + 32 * (row % 2) + column]);
    const auto high = static_cast<unsigned char>(block[128 + 32 * group + column]);
    const unsigned q = (row < 2 ? low & 15U : low >> 4U) | (high >> (2U * static_cast<unsigned>(row)) & 3U) << 4U;
    const auto scale = static_cast<signed char>(block[192 + 8 * group + 2 * row + column / 16]);
    out[i] = d * static_cast<float>(scale) * (static_cast<float>(q) - 32);
  }
}
void decode_q2_k(const char* block, float* out) {
  const float d = half(block + 80);
  const float m = half(block + 82);
  for (int i = 0; i < 256; ++i) {
    const int group = i / 128;
    const int row = i % 128 / 32;
    const auto scale = static_cast<unsigned char>(block[8 * group + 2 * row + i % 32 / 16]);
    const auto byte = static_cast<unsigned char>(block[16 + 32 * group + i % 32]);
    const unsigned q = byte >> (2U * static_cast<unsigned>(row)) & 3U;
    out[i] = d * static_cast<float>(scale & 15U) * static_cast<float>(q) - m * static_cast<float>(scale >> 4U);
  }
}
void decode_q3_k(const char* block, float* out) {
  const float d = half(block + 108);
  for (int i = 0; i < 256; ++i) {
    const int group = i / 128;
    const int row = i % 128 / 32;
    const int s = 8 * group + 2 * row + i % 32 / 16;  // sixteen scales of six bits in twelve bytes
    const auto low = static_cast<unsigned char>(block[96 + s % 8]);
    const auto top = static_cast<unsigned char>(block[104 + s % 4]);
    const unsigned scale = (s < 8 ? low & 15U : low >> 4U) | (top >> (2U * static_cast<unsigned>(s / 4)) & 3U) << 4U;
    const auto byte = static_cast<unsigned char>(block[32 + 32 * group + i % 32]);
    const auto mask = static_cast<unsigned char>(block[i % 32]);
    const unsigned q = byte >> (2U * static_cast<unsigned>(row)) & 3U;
    const bool high = (mask >> static_cast<unsigned>(4 * group + row) & 1U) != 0;
    out[i] = d * (static_cast<float>(scale) - 32) * (static_cast<float>(q) - (high ? 0 : 4));
  }
}
// OCP microscaling: an exponent for 32 values of e2m1; ggml keeps them doubled and halves the exponent.
void decode_mxfp4(const char* block, float* out) {
  constexpr std::array<float, 8> kValues{0, 0.5F, 1, 1.5F, 2, 3, 4, 6};
  const auto scale = static_cast<float>(std::ldexp(1.0, static_cast<unsigned char>(block[0]) - 127));
  for (int i = 0; i < 32; ++i) {
    const unsigned q = nibble(block + 1, i, 16);
    out[i] = (q > 7 ? -scale : scale) * kValues[q & 7U];
  }
}

// Sixteen levels that lie closer around zero (kvalues_iq4nl in ggml/src/ggml-common.h).
constexpr std::array<float, 16> kIq4Levels{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
void decode_iq4_nl(const char* block, float* out) {
  const float d = half(block);
  for (int i = 0; i < 32; ++i) out[i] = d * kIq4Levels[nibble(block + 2, i, 16)];
}
// Eight groups of 32 with scales of six bits: four in a byte each two, two in the half-word behind the scale.
void decode_iq4_xs(const char* block, float* out) {
  const float d = half(block);
  const auto high = load<std::uint16_t>(block + 2);
  for (int j = 0; j < 8; ++j) {
    const auto pair = static_cast<unsigned char>(block[4 + j / 2]);
    const unsigned low = j % 2 == 0 ? pair & 15U : pair >> 4U;
    const unsigned scale = low | (static_cast<unsigned>(high) >> (2 * j) & 3U) << 4U;
    const float step = d * (static_cast<float>(scale) - 32);
    for (int i = 0; i < 32; ++i) out[32 * j + i] = step * kIq4Levels[nibble(block + 8 + 16 * j, i, 16)];
  }
}

struct Entry {
  std::string_view type;
  Decoder decoder;
};
constexpr std::array kDecoders{
    Entry{"F64", plain<double>},     Entry{"F32", plain<float>},        Entry{"F16", decode_f16},
    Entry{"BF16", decode_bf16},      Entry{"F8_E4M3", decode_e4m3},     Entry{"F8_E5M2", decode_e5m2},
    Entry{"I8", plain<signed char>}, Entry{"U8", plain<unsigned char>}, Entry{"I4", decode_i4},
    Entry{"U4", decode_u4},          Entry{"Q4_0", decode_q4_0},        Entry{"Q4_1", decode_q4_1},
    Entry{"Q5_0", decode_q5_0},      Entry{"Q5_1", decode_q5_1},        Entry{"Q8_0", decode_q8_0},
    Entry{"Q2_K", decode_q2_k},      Entry{"Q3_K", decode_q3_k},        Entry{"Q4_K", decode_q4_k},
    Entry{"Q5_K", decode_q5_k},      Entry{"Q6_K", decode_q6_k},        Entry{"MXFP4", decode_mxfp4},
    Entry{"IQ4_NL", decode_iq4_nl},  Entry{"IQ4_XS", decode_iq4_xs}};

Decoder decoder_of(std::string_view type) {
  const auto* it = std::find_if(kDecoders.begin(), kDecoders.end(), [&](const Entry& e) { return e.type == type; });
  return it == kDecoders.end() ? nullptr : it->decoder;
}

}  // namespace

bool can_decode(std::string_view type) {
  return decoder_of(type) != nullptr;
}

bool decode(std::string_view type, std::string_view bytes, std::size_t count, std::vector<float>& out) {
  const Decoder decoder = decoder_of(type);
  const StorageType* storage = find_storage(type);
  if (decoder == nullptr || storage == nullptr) return false;
  const auto elements = static_cast<std::size_t>(storage->block_elements);
  const auto size = static_cast<std::size_t>(storage->block_bytes);
  const std::size_t blocks = (count + elements - 1) / elements;
  if (blocks > bytes.size() / size) return false;
  const std::size_t start = out.size();
  out.resize(start + blocks * elements);
  for (std::size_t b = 0; b < blocks; ++b) decoder(bytes.data() + b * size, out.data() + start + b * elements);
  out.resize(start + count);
  return true;
}

}  // namespace berth
