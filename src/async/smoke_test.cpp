#include "async/channel.hpp"
#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/limiter.hpp"
#include "async/loop_watchdog.hpp"
#include "async/offload.hpp"
#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include <gtest/gtest.h>
#include <ranges>
using namespace docmind; using namespace std::chrono_literals;
static Task<int> plus(Pool* p, int a){ int r = co_await offload(*p, Priority::interactive, [a](std::stop_token){return a+1;}); co_return r; }
static Task<> add(int* s,int i){ co_await sleep_for(1ms); *s+=i; }
static Task<int> all(Pool* p){
  auto [a,b]=co_await when_all(plus(p,1),plus(p,2));
  std::vector<Task<int>> v; for(int i=0;i<5;++i) v.push_back(plus(p,i));
  auto w=co_await when_all(std::move(v));
  int s=0; co_await for_each_limited(std::views::iota(0,10),3,[&s](int i){return add(&s,i);});
  std::vector<Task<>> n; n.push_back(add(&s,100)); co_await when_all(std::move(n));
  int d=co_await with_deadline(plus(p,9),1s);
  co_await with_deadline(add(&s,1),1s);
  auto [x,y]=co_await when_all(add(&s,1),plus(p,1));
  (void)x;
  co_return a+b+w[4]+s+d+y;
}
TEST(Smoke, all){ Pool p({.name="t",.threads=2}); EXPECT_EQ(test::run_task(all(&p)), 2+3+5+147+10+2);
  auto s=test::cancel_at_every_await([&]{return all(&p);}); EXPECT_GT(s.cancelled,5u); 
  test::destroy_at_every_await([&]{return all(&p);}); }
