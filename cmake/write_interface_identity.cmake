# OUTPUT: a hash of the files that HEADERS lists and of FLAGS.
file(STRINGS ${HEADERS} headers)
set(hashes ${FLAGS})
foreach(header ${headers})
  file(SHA256 ${header} hash)
  string(APPEND hashes ${hash})
endforeach()
string(SHA256 identity "${hashes}")
file(WRITE ${OUTPUT} "#include \"arrow_library/interface_identity.hpp\"

const char backtest_arrow_identity[] = \"${identity}\";
")
