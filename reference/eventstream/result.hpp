#ifndef EVENTSTREAM_RESULT_HPP
#define EVENTSTREAM_RESULT_HPP

#include <eventstream/errors.hpp>

#include <boost/system/result.hpp>

namespace eventstream {

/// A value or the error_code that says why there is none. Outcomes of the contract are values: a
/// reader that meets the end, a cancel or a truncation does so without an exception.
///
/// `result.value()` on an error throws `boost::system::system_error`.
template <typename T>
using Result = boost::system::result<T>;

}  // namespace eventstream

#endif
