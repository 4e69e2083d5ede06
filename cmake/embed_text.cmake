# Puts a text file into a folder's library as a function: embed_text(edge/http openapi.json openapi_document).
# As bytes, because a compiler need not take literals beyond 64 KiB.
function(embed_text folder file function_name)
  string(REPLACE "/" "_" target ${folder})
  set(source ${CMAKE_SOURCE_DIR}/src/${folder}/${file})
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  set(EMBED_FUNCTION ${function_name})
  set(EMBED_BYTES ${bytes})
  configure_file(${CMAKE_SOURCE_DIR}/cmake/embedded_text.cpp.in ${CMAKE_BINARY_DIR}/${function_name}.cpp @ONLY)
  target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/${function_name}.cpp)
endfunction()
