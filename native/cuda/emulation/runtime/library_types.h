// The part of CUDA's library_types.h that the GPU engine uses.
#pragma once

enum cudaDataType { CUDA_R_32F = 0 };
enum libraryPropertyType { MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL };
