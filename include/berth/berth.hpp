/// Everything of berth's public API. Include single headers where compile time matters.
#pragma once

#include "berth/catalog.hpp"
#include "berth/data.hpp"
#include "berth/diagnostic.hpp"
#include "berth/dtype.hpp"
#include "berth/estimate.hpp"
#include "berth/logger.hpp"
#include "berth/model.hpp"
#include "berth/profile.hpp"
#include "berth/readers.hpp"
#include "berth/recommend.hpp"
#include "berth/report.hpp"
#include "berth/result.hpp"
#include "berth/rules.hpp"
#include "berth/units.hpp"
#include "berth/version.hpp"
#include "berth/workload.hpp"
